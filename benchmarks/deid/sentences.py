"""Clinical sentences without a person, written for this measurement: every word of them should stay."""

SENTENCES = tuple(
    line.strip()
    for line in """
The lungs are clear bilaterally without focal consolidation, pleural effusion or pneumothorax.
Heart size is at the upper limits of normal and the cardiomediastinal silhouette is unchanged.
Kerley B lines at the lung bases are consistent with mild interstitial edema.
A Swan-Ganz catheter tip projects over the right main pulmonary artery.
The Dobhoff tube courses below the diaphragm with its tip beyond the inferior margin of the film.
Right internal jugular Hickman catheter terminates at the cavoatrial junction.
Bochdalek hernia on the left is incidentally noted, as on the prior.
Left chest wall Port-A-Cath is accessed, tip in the mid SVC.
Calcified Ghon focus in the left upper lobe, with Ranke complex.
Hampton hump and Westermark sign are not seen.
Chilaiditi sign with colonic interposition beneath the right hemidiaphragm.
Foley catheter balloon is inflated within a decompressed bladder.
Mild compression deformity of T12 and L1 with no retropulsion.
Degenerative disc disease at C5-6 and L4/5, worst at L5-S1.
The nodule measures 2 x 3 cm on series 4 image 32 (4/32), previously 1.8 x 2.4 cm.
A 6 mm nodule in the right middle lobe (series 3, image 112) is new.
The endotracheal tube ends 4.5 cm above the carina; the NG tube is coiled in the stomach.
There are 1/2 to 3/4 of the expected number of ribs visualized on the lateral view.
No evidence of Hill-Sachs or Bankart lesion; the acromioclavicular joint is intact.
Stable postsurgical changes of median sternotomy, CABG and aortic valve replacement.
Right lower lobe bronchiectasis with tree-in-bud nodularity, suspicious for Mycobacterium avium complex.
Hodgkin lymphoma with bulky anterior mediastinal mass, decreased since the staging PET/CT.
Crohn disease with terminal ileitis, no fistula or abscess.
Patient with Marfan syndrome and annuloaortic ectasia measuring 52 mm at the sinuses of Valsalva.
Impression: 1. No acute cardiopulmonary disease. 2. Emphysema.
Indication: 64-year-old woman with shortness of breath, fever and productive cough for 3 days.
Technique: PA and lateral views of the chest, 120 kVp, 2.5 mAs.
Comparison: None available.
Findings are compatible with Wegener granulomatosis or septic emboli.
Recommend follow-up CT in 6 to 12 months per Fleischner Society guidelines.
An oval circumscribed mass at the 3:00 position of the left breast, 4 cm from the nipple, BI-RADS 4A.
The bowel gas pattern is nonobstructive; phleboliths project over the pelvis.
Salter-Harris II fracture of the distal radius with mild dorsal angulation.
Lisfranc joint is congruent; no Jones or Maisonneuve fracture.
Doppler ultrasound shows no deep venous thrombosis from the common femoral vein to the popliteal vein.
Gadavist 7.5 mL was administered intravenously without complication.
MR brain: no restricted diffusion; scattered FLAIR hyperintensities are nonspecific.
White matter disease is moderate and has progressed, small vessel ischemia is likely.
Brown tumor of the mandible in secondary hyperparathyroidism.
Small hiatal hernia, Schatzki ring at the gastroesophageal junction.
Cole-Carpenter syndrome is not suspected; bones are diffusely osteopenic.
Hard stool in the rectum, long segment narrowing of the sigmoid colon.
Tuberculosis or sarcoidosis may cause this appearance; sputum culture is advised.
Left PICC tip at the brachiocephalic confluence; consider advancing 3 to 4 cm.
The stomach bubble is to the left of the spine; situs solitus.
Old healed fractures of the right 5th through 8th ribs.
Bilateral hip arthroplasties are in satisfactory position, no periprosthetic lucency.
Graves disease with thyromegaly that deviates the trachea to the right.
Status post Whipple procedure, stable pneumobilia; Billroth II anatomy is not seen.
Meckel diverticulum and Zenker diverticulum are both present on the esophagram and small bowel series.
HU of the adrenal nodule is 8 on the unenhanced images, consistent with adenoma.
Spirometry: FEV1 45% predicted, DLCO 52%, SpO2 91% on room air.
Labs: WBC 14,500, D-dimer 850, BNP 1200, creatinine 1.4 mg/dL.
ICD-10 J18.9 and R07.89; CPT 71046.
May represent atelectasis; March fracture of the second metatarsal is healing.
Two views of the right knee show a large joint effusion and a Segond fracture.
The tip of the Dobbhoff feeding tube is post-pyloric.
Pacemaker leads end in the right atrium and right ventricle; no lead fracture.
Perilymphatic nodules in an upper lobe distribution, stage II sarcoid.
Grade 3 spondylolisthesis of L5 on S1 with bilateral pars defects.
Pulmonary vascular congestion is improved, and the Pleurx catheter remains in place.
Infant with grunting; diffuse granular opacities, respiratory distress syndrome of the newborn.
UVC tip at T8 and UAC tip at T6, both acceptable.
Lines and tubes are unchanged. Hardware is intact. Soft tissues are unremarkable.
Tc-99m MDP bone scan shows uptake in the skull, sternum and left iliac wing.
F-18 FDG avid lymph nodes, SUVmax 12.4, in station 4R and 7.
Trace right effusion, moderate left effusion, worse than on the prior study 2 days ago.
Please correlate clinically for pneumonia in the appropriate setting.
The patient was intubated in the ED and transferred to the ICU.
Dual energy imaging shows monosodium urate in the first MTP joint.
Bosniak IIF cyst of the left kidney, 3.1 cm, unchanged.
Charcot arthropathy of the midfoot, Baker cyst and Osgood-Schlatter disease.
Deviation of the nasal septum, mucosal thickening in the maxillary sinuses, concha bullosa.
Peribronchial cuffing and hyperinflation, viral bronchiolitis or reactive airways disease.
Ewing sarcoma versus osteomyelitis; MRI with and without contrast is recommended.
Granulomatous calcifications in the spleen and right hilum, prior histoplasmosis.
Streaky opacities at the left base, platelike atelectasis favored over early infiltrate.
History of breast cancer, status post left mastectomy and axillary dissection with surgical clips.
Aortic knob calcification, tortuous descending thoracic aorta, Stanford type B dissection excluded.
Gunshot wound to the abdomen with retained bullet fragments at L3.
""".strip().splitlines()
)
